"""How it hangs together."""
