"""Text to vouched-for questions: families, checks, the gate. Imports only `store`."""
