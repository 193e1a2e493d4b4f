"""Briefing packs: what stands in them and in which order."""
