"""Measurements, side by side with peers in one run. Figures are printed, never asserted."""
