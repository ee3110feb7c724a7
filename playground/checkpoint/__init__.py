"""Model files on this disk: where they are and whether they are whole. Reads headers, loads nothing."""
