"""Bad input at both doors, command line and page: a clear sentence for each, nothing lost, nothing crashed."""
