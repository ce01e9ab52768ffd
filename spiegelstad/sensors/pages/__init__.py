"""The pages of the sensor register."""
