-- The gaps that were noticed in the period: the fifty last noticed, those first that are open.
SELECT coalesce(nullif(f.name, ''), nullif(f.title, ''), f.url) AS feed, f.url, g.from_at, g.to_at, g.entries, g.found,
       g.evidence, g.noticed_at, g.closed_at
FROM gaps g JOIN feeds f ON f.id = g.feed_id WHERE g.noticed_at >= :since AND g.noticed_at < :until
ORDER BY g.closed_at IS NOT NULL, g.noticed_at DESC, g.id DESC LIMIT 50;
