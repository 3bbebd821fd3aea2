"""Pages of staff accounts: invitations, passwords, resets of the second step, off-boarding."""
