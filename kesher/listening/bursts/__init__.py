"""Notice that something is suddenly said much more often than before."""

from kesher.listening.bursts.burst_detector import Burst, BurstDetector, Post
from kesher.listening.bursts.burst_groups import BurstGroup, BurstGroups

__all__ = ["Burst", "BurstDetector", "BurstGroup", "BurstGroups", "Post"]
