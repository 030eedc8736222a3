"""Commands of shipping, from the accepted order to the parcel."""
