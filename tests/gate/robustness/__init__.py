"""That nothing takes the service down: real servers, real HTTP, inputs that are made to be expensive."""
