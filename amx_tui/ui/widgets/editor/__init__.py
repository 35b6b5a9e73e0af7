"""An editor for Markdown whose keys cost the same in a long text as in a short one."""
