"""What the people of a city do at the APIs: the steps that the demo, load-city and the measurements share."""
