# What topic 12 left out: delayed entry with clusters, weights with ties, competing risks with clusters and
# delayed entry, restricted means (independent and clustered), recurrences by group, proportionality with strata.
# Run from tests/reference: Rscript r/own_12_survival.R
suppressPackageStartupMessages({library(survival); library(jsonlite)})
tight <- coxph.control(eps = 1e-11, iter.max = 100)
cx <- function(m) list(coef = as.list(coef(m)), se = as.list(setNames(sqrt(diag(m$naive.var)), names(coef(m)))),
  robust = as.list(setNames(sqrt(diag(vcov(m))), names(coef(m)))), loglik = m$loglik[2])
b <- read.csv("data/bladder2.csv"); m <- read.csv("data/mgus2_cr.csv"); l <- read.csv("data/lung.csv"); h <- read.csv("data/heart.csv")

# recurrences on the bladder2 data, both ties, weights, strata
b$w <- 1 + (b$size > 1) * 0.5
ag_breslow <- coxph(Surv(start, stop, event) ~ rx + number + size + cluster(id), b, ties = "breslow", control = tight)
ag_weighted <- coxph(Surv(start, stop, event) ~ rx + number + size + cluster(id), b, weights = w, control = tight)
pwp_weighted <- coxph(Surv(start, stop, event) ~ rx + size + strata(enum) + cluster(id), b, weights = w, control = tight)

# delayed entry and clusters together (groups of seven people), age as time scale in months
m$entry <- m$age * 12; m$exit <- m$entry + m$etime; m$male <- as.integer(m$sex == "M"); m$group <- m$id %/% 7
mm <- m[!is.na(m$mspike), ]
entry <- coxph(Surv(entry, exit, ev > 0) ~ male + mspike + cluster(group), mm, control = tight)
entry_breslow <- coxph(Surv(entry, exit, ev > 0) ~ male + mspike + cluster(group), mm, ties = "breslow", control = tight)

# heart transplant: changing covariate, strata, proportionality
hs <- coxph(Surv(start, stop, event) ~ age + transplant + strata(surgery) + cluster(id), h, control = tight)
hp <- coxph(Surv(start, stop, event) ~ age + year + transplant, h, control = tight)
zph <- function(f, t) as.list(cox.zph(f, transform = t)$table[, "chisq"])

# competing ends with clusters and with delayed entry
m$state <- factor(m$ev, 0:2, c("censor", "pcm", "death"))
at <- c(60, 120, 240)
aj <- function(f, at) { s <- summary(f, times = at); list(t = at, pcm = s$pstate[, 2], death = s$pstate[, 3],
  se_pcm = s$std.err[, 2], se_death = s$std.err[, 3]) }
of_group <- function(i) sqrt(apply(rowsum(i, m$group)^2, 2, sum))  # infinitesimal jackknife, summed per cluster
alone <- survfit(Surv(etime, state) ~ 1, m, id = id)
clustered <- { i <- resid(alone, times = at, type = "pstate"); s <- summary(alone, times = at)
  list(t = at, pcm = s$pstate[, 2], death = s$pstate[, 3], se_pcm = of_group(i[, , 2]), se_death = of_group(i[, , 3])) }
m60 <- m[m$age >= 60, ]
late <- survfit(Surv(entry, exit, state) ~ 1, m60, id = id)

# restricted means: independent, clustered, with delayed entry
k <- survfit(Surv(time, event) ~ 1, l); li <- l[!is.na(l$inst), ]
kc <- survfit(Surv(time, event) ~ 1, li, cluster = inst, robust = TRUE)
row <- function(f, tau) { t <- summary(f, rmean = tau)$table; list(est = unname(t["rmean"]), se = unname(t["se(rmean)"])) }
pseudo <- function(f, tau) { i <- resid(f, times = tau, type = "rmst"); sqrt(sum(i^2)) }  # infinitesimal jackknife
rmst <- list(
  overall_365 = row(k, 365),
  overall_365_ij = pseudo(survfit(Surv(time, event) ~ 1, l, robust = TRUE), 365),
  inst_365 = { i <- resid(survfit(Surv(time, event) ~ 1, li), times = 365, type = "rmst"); list(est = row(kc, 365)$est, se = sqrt(sum(tapply(i, li$inst, sum)^2))) }
)
kl <- survfit(Surv(time, event) ~ 1, li, cluster = inst, robust = TRUE)
km_cluster <- { s <- summary(kl, times = c(100, 365)); list(surv = s$surv, se = s$std.err) }

# mean number of recurrences by treatment, events of a person dependent
mcf <- lapply(split(b, b$rx), function(d) { s <- summary(survfit(Surv(start, stop, event) ~ 1, d, id = id, robust = TRUE), times = c(12, 36))
  list(t = c(12, 36), cumhaz = s$cumhaz, se = s$std.chaz) })

put <- list(
  ag_breslow = cx(ag_breslow), ag_weighted = cx(ag_weighted), pwp_weighted = cx(pwp_weighted),
  entry_clusters = cx(entry), entry_clusters_breslow = cx(entry_breslow), heart_strata = cx(hs),
  zph_heart_identity = zph(hp, "identity"), zph_heart_rank = zph(hp, "rank"), zph_heart_strata_km = zph(hs, "km"),
  aj_clusters = clustered, aj_late_entry = aj(late, c(840, 960, 1020)), rmst = rmst, km_cluster = km_cluster, mcf = mcf,
  logrank_three = survdiff(Surv(time, event) ~ ph.ecog, l[which(l$ph.ecog < 3), ])$chisq)
write_json(list(topic = "own_12_survival", r = R.version.string, survival = as.character(packageVersion("survival")), values = put),
  "data/own_12_survival.json", digits = NA, auto_unbox = TRUE, pretty = TRUE)
