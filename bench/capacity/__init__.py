"""``make capacity``: what one request costs, what cities need, and a simulation that must agree with what is measured."""
