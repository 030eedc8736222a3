"""Shipping of accepted orders: shipments, identifiers, carriers, the scan station, shipment files."""
