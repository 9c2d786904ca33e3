-- What each status made of each method, as a matrix of counts
--
-- The outcome stands in for the method where nobody followed.
-- :client      of this client only
-- :user_agent  of this software only; a pattern such as curl/*
SELECT r.status, r.method, ifnull(r.followup_method, '(' || r.outcome || ')') AS followup,
       count(*) AS redirects, count(DISTINCT r.client) AS clients,
       count(DISTINCT r.user_agent) AS user_agents,
       sum(EXISTS (SELECT 1 FROM findings AS f
                    WHERE f.redirect_id = r.id AND f.party = 'client'
                      AND f.severity = 'violation' AND f.suppressed IS NULL)) AS with_violations
  FROM redirects AS r
 WHERE (:client IS NULL OR r.client = :client)
   AND (:user_agent IS NULL OR r.user_agent GLOB :user_agent)
 GROUP BY r.status, r.method, followup
 ORDER BY r.status, r.method, redirects DESC, followup;
