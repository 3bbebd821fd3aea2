"""Queries of watches: boolean, with phrases, NEAR and fields, which know the forms of Hebrew words."""

from kesher.listening.watch_query.query_matcher import Explanation, PostText, WatchQueries, explain_match
from kesher.listening.watch_query.query_parser import QueryError, parse_query

__all__ = ["Explanation", "PostText", "QueryError", "WatchQueries", "explain_match", "parse_query"]
