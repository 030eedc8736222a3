"""Documents of a parcel that lie with the channel."""
