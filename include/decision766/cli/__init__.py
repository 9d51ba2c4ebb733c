"""The command line `decision766`: thin commands over the other rooms."""
