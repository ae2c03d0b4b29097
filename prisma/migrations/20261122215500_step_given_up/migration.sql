-- A conversion that an administrator has given up: it is over (done_on) until somebody resumes it.
alter table kartoteka.publish_step add column given_up_on timestamptz, add column given_up_by_id uuid;
