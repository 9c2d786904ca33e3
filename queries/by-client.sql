-- Which user agents break which rules, and how often
--
-- Rules about servers are left out: they do not accuse the client.
-- :client      of this client (address) only
-- :user_agent  of this software only; a pattern such as curl/*
-- :limit       so many rows
SELECT user_agent, count(DISTINCT client) AS clients, count(DISTINCT id) AS redirects,
       count(DISTINCT id) FILTER (WHERE outcome = 'followed') AS followed,
       count(finding) FILTER (WHERE severity = 'violation') AS violations,
       count(finding) FILTER (WHERE severity = 'warning') AS warnings,
       group_concat(DISTINCT rule) FILTER (WHERE severity <> 'info') AS rules
  FROM (SELECT r.user_agent, r.client, r.id, r.outcome, f.id AS finding, f.severity, f.rule
          FROM redirects AS r
          LEFT JOIN findings AS f ON f.redirect_id = r.id AND f.party = 'client'
           AND f.suppressed IS NULL
         WHERE (:client IS NULL OR r.client = :client)
           AND (:user_agent IS NULL OR r.user_agent GLOB :user_agent)
         ORDER BY r.user_agent, f.rule)
 GROUP BY user_agent
 ORDER BY violations DESC, warnings DESC, redirects DESC, user_agent
 LIMIT ifnull(:limit, -1);
