"""Which models are in memory and who may use them: `ModelCache` and the parts it is made of."""
from playground.cache.model_cache import ModelCache, ModelStatus

__all__ = ["ModelCache", "ModelStatus"]
