"""From accepted to parcel: shipments, identifiers, carriers, the scan station, shipment files."""
