"""An international mutual-recognition document exchange hub.

Start reading at `exchange.core.examine`: the five gates that every document passes.
"""

__version__ = "0.1.0"
