"""Let results leave: a request, an audit, two reviews by others, an entry in the register."""
