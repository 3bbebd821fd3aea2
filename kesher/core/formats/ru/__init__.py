"""Arabic as it is written in this country."""
