"""The local stack: private RabbitMQ and MongoDB-wire servers and the services, as plain processes under .sama/."""
