"""No regular expression of the service, the site or its scripts takes more time than its input is long."""
