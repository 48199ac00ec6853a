"""The web application: pages, routes, services, the worker and its jobs; the only place where db and spotcore meet."""
