"""Which models are in memory and who may use them: `ModelCache` and the parts it is made of."""
from playground.cache.journal import CacheEvent, Counters, EventKind, Reason, Total
from playground.cache.model_cache import ModelCache
from playground.cache.outlook import ModelStatus

__all__ = ["CacheEvent", "Counters", "EventKind", "ModelCache", "ModelStatus", "Reason", "Total"]
