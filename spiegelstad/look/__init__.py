"""The design system: tokens, templates, components, charts, maps and languages. It knows no city and no room."""
