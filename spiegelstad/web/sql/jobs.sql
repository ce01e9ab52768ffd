-- Procrastinate's tables joined with why each job failed.
-- The city of a job is in its arguments, or that of the event it handles; the program's own jobs have none.

-- name: failed_jobs
SELECT job.id,
       job.task_name,
       job.args,
       job.attempts,
       failure.error,
       failure.detail,
       coalesce(failure.failed_at, (SELECT max(at) FROM procrastinate_events WHERE job_id = job.id)) AS failed_at,
       event.type AS event_type,
       count(*) OVER () AS of_all
  FROM procrastinate_jobs job
  LEFT JOIN base_jobfailure failure ON failure.job_id = job.id
  LEFT JOIN base_outboxevent event
         ON job.task_name = 'base.handle_event' AND event.id = (job.args ->> 'event_id')::bigint
 WHERE job.status = 'failed'
   AND (coalesce(event.tenant_id, job.args ->> 'tenant_id') = %(tenant_id)s
        OR (%(all)s AND coalesce(event.tenant_id, job.args ->> 'tenant_id') IS NULL))
   AND (%(job_id)s::bigint IS NULL OR job.id = %(job_id)s)
 ORDER BY failed_at DESC, job.id DESC
 LIMIT %(limit)s OFFSET %(offset)s

-- name: count_jobs
SELECT status::text, count(*) FROM procrastinate_jobs GROUP BY status
