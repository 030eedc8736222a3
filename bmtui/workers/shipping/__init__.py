"""Documents of a parcel that the channel provides."""
