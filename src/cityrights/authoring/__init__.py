"""Skeletons for people who write data: a new source, a new claim with its passage."""
