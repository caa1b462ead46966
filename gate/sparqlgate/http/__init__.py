"""Parts of an HTTP service that know nothing of what it serves: who asks, budgets, silent connections, form fields."""
