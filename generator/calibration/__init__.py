"""Measuring the checks: clean questions they must let pass, planted defects they must catch."""
