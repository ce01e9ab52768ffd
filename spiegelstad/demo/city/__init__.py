"""An invented Flemish city, made from a seed: geometry, people, yearly statistics, sensors, and the files its departments export."""
