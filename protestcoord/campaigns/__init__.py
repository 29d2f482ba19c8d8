"""Campaigns, sites, waves and slots."""
