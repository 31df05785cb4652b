"""Who may call what: four roles, each with everything the one before it may."""

import enum

REFLECTION = "grpc.reflection.v1alpha.ServerReflection"
HEALTH = "grpc.health.v1.Health"


class Role(enum.IntEnum):
    """A role may call every method of its own and of those below it."""

    READ = 1  # ask, and watch
    PUBLISH = 2  # change kept chains
    HEDGE = 3  # decide: sessions, fills, overrides
    ADMIN = 4  # whatever is left


# Every call of the contract has its line here: a test fails where one is missing, and until then it is ADMIN's.
METHODS: dict[str, Role] = {
    "/gexapi.v1.ChainService/PublishChain": Role.PUBLISH,
    "/gexapi.v1.ChainService/StreamUpdates": Role.PUBLISH,
    "/gexapi.v1.ChainService/GetChain": Role.READ,
    "/gexapi.v1.ChainService/ListUnderlyings": Role.READ,
    "/gexapi.v1.ChainService/GetInventory": Role.READ,
    "/gexapi.v1.ChainService/GetBook": Role.READ,
    "/gexapi.v1.SurfaceService/ComputeVols": Role.READ,
    "/gexapi.v1.SurfaceService/GetSurface": Role.READ,
    "/gexapi.v1.SurfaceService/EvaluateVols": Role.READ,
    "/gexapi.v1.ExposureService/ComputeExposure": Role.READ,
    "/gexapi.v1.ExposureService/GetExposure": Role.READ,
    "/gexapi.v1.ExposureService/WatchExposure": Role.READ,
    "/gexapi.v1.RiskService/ComputeRisk": Role.READ,
    "/gexapi.v1.RiskService/ComputeScenarios": Role.READ,
    "/gexapi.v1.RiskService/WatchRisk": Role.READ,
    "/gexapi.v1.WatchService/Watch": Role.READ,
    "/gexapi.v1.StatusService/GetStatus": Role.READ,
    "/gexapi.v1.HedgeService/PlanHedge": Role.READ,
    "/gexapi.v1.HedgeService/ListDecisions": Role.READ,
    "/gexapi.v1.HedgeService/HedgeSession": Role.HEDGE,
    "/gexapi.v1.HedgeService/ReportFill": Role.HEDGE,
    "/gexapi.v1.HedgeService/SetOverride": Role.HEDGE,
    "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo": Role.READ,
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo": Role.READ,
}


def role_of(method: str) -> Role | None:
    """The role that a method needs; None where everyone may (health)."""
    if method.startswith(f"/{HEALTH}/"):
        return None
    return METHODS.get(method, Role.ADMIN)
