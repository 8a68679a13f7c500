"""What the hub does: one verb per file; joins the doors in order, decides nothing itself."""
