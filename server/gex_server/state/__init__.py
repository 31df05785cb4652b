"""What survives the death of a server: a journal of every change, and how kept state is written to it and read again."""
