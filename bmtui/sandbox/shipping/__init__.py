"""Parcels of the practice marketplace: BackShip, delivery notes, labels."""
