"""Measurements that a visitor starts: many requests with known results, and what they say about a model."""
