"""What was measured: per answer (meter) and of the machine (machine)."""
