"""Tables, sentences, languages, the runner, the exporters."""
