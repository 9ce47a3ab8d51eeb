"""The Django apps of the web system, lowest first: core, areas, people, places, goods, lab, tracing, command."""
