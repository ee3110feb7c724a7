"""Which models are in memory and who may use them: `ModelCache` and the parts it is made of."""
from playground.cache.journal import Counters, Reason, Total
from playground.cache.model_cache import ModelCache

__all__ = ["Counters", "ModelCache", "Reason", "Total"]
