"""HTTP and web pages over what the store holds. Imports only `store`; never torch."""
