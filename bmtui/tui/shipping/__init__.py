"""From accepted to parcel: ship, identify, scan, uploads."""
