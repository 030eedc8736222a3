"""Commands from accepted to parcel."""
