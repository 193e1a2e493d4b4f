"""Briefing packs: what is in them and in which order."""
