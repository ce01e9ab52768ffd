"""Where everything is joined: settings, wiring, addresses, commands."""
