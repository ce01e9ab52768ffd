"""Tenants (cities), their departments, people with roles, and API keys. Configuration: never distributed."""

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models

from spiegelstad.accounts.vocabulary import Role
from spiegelstad.base.ids import new_id


class Tenant(models.Model):
    """One city in this installation. Every other row belongs to one."""

    distributed_by = None

    id = models.SlugField(primary_key=True, max_length=40)
    name = models.JSONField(help_text="by language")
    host = models.CharField(max_length=200, blank=True, help_text="the host name that shows this city")
    bbox = ArrayField(models.FloatField(), size=4, help_text="min lon, min lat, max lon, max lat")
    settings = models.JSONField(default=dict, help_text="from city.yaml: dashboard and the like")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["created_at"]

    def __str__(self) -> str:
        return self.id


class Department(models.Model):
    """A part of the city's organisation that answers for data."""

    distributed_by = None

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT)
    slug = models.SlugField(max_length=60)
    name = models.JSONField(help_text="by language")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "slug"], name="department_slug")]

    def __str__(self) -> str:
        return self.slug


class UserManager(BaseUserManager["User"]):
    """Makes people by e-mail address."""

    def create_user(self, email: str, name: str, password: str | None = None) -> "User":
        """Create a person who can sign in (without password: only by passkey or reset)."""
        user = self.model(email=self.normalize_email(email).lower(), name=name)
        user.set_password(password)
        user.save()
        return user


class User(AbstractBaseUser):
    """A person who can sign in. What they may do is in their memberships."""

    distributed_by = None
    processing = "sign-in"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A person's role in a city, for stewards with the departments they answer for."""

    distributed_by = None
    processing = "sign-in"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT)
    role = models.CharField(max_length=20, choices=[(role.value, role.value) for role in Role])
    departments = ArrayField(models.SlugField(max_length=60), default=list, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "user", "role"], name="membership_role")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role} in {self.tenant_id}"


class ApiKey(models.Model):
    """A machine's key: only the digest of its secret is kept; it has scopes and always an end."""

    distributed_by = None

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT)
    name = models.CharField(max_length=120)
    digest = models.CharField(max_length=64)
    scopes = ArrayField(models.CharField(max_length=60))
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_on = models.DateField(null=True, blank=True)

    def __str__(self) -> str:
        return f"key {self.name}"
