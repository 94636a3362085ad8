"""What the reference says of pictures of ours."""
